// The single file's address says nothing of what is shown: there are no test images that it could lead to.

export const onPlace = () => {};
export const setPlace = () => {};
