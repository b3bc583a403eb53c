/** How the shell is called where its path cannot be shown. */
export const SHELL = "the shell";
