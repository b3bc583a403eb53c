/** Numbers of things, in words. */

/** `1 process`, `2 processes`. */
export function count(number: number, one: string, more = `${one}s`): string {
  return `${number} ${number === 1 ? one : more}`;
}
