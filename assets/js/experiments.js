// Trainings beside the present network that are prepared to be tried.

export const USUAL = { name: "usual", images: 60000, generated: true, augmented: true, epochs: 4, rate: 1 };
export const LESSON = { ...USUAL, name: "lesson", generated: false, augmented: false, epochs: 10 };

/** What a press on one of the prepared experiments fills in, how the run is called, and what came of it when measured. */
export const EXPERIMENTS = {
  few: {
    choice: { ...USUAL, images: 500, generated: false, augmented: false, epochs: 30 },
    name: "runs.try_few",
    outcome: "runs.outcome_few",
  },
  bold: { choice: { ...USUAL, images: 30000, rate: 10 }, name: "runs.try_bold", outcome: "runs.outcome_bold" },
  plain: {
    choice: { ...USUAL, images: 10000, generated: false, augmented: false },
    name: "runs.try_plain",
    outcome: "runs.outcome_plain",
  },
  written: { choice: { ...USUAL, images: 0, epochs: 5 }, name: "runs.try_written", outcome: "runs.outcome_written" },
  lesson: { choice: LESSON, name: "runs.try_lesson", outcome: "runs.outcome_lesson" },
  long: { choice: { ...USUAL, images: 2000, epochs: 40 }, name: "runs.try_long", outcome: "runs.outcome_long" },
};
