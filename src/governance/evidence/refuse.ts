/** Says what is wrong with the piece of evidence that it was made for, and never returns. */
export type Refuse = (problem: string) => never;
