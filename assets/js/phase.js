// The four states of the program that page and server know.

export const Phase = Object.freeze({ LOADING: "loading", TRAINING: "training", READY: "ready", FAILED: "failed" });
