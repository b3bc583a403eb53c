/** Writes requests, in the format of launch/request_file.ts. */
import { type Bytes, encode } from "../ffi/bytes.ts";
import { memory } from "../ffi/syscall.ts";
import { WORD_BYTES } from "../launch/request_file.ts";

/** The bytes of a request. */
export function requestBytes(
  texts: readonly Bytes[],
  lists: readonly (readonly Bytes[])[],
): Uint8Array<ArrayBuffer> {
  const all = [texts, ...lists].flat().map((text) => encode(text));
  // Behind the words for values, those of lists: one is free, one is the end.
  const values = texts.length + lists.length;
  let words = lists.reduce((words, list) => words + list.length + 2, values);
  let end = WORD_BYTES * words;
  const request = memory(all.reduce((bytes, { length }) => bytes + length + 1, end));
  const view = new DataView(request.buffer);
  const setWord = (word: number, value: number): void =>
    view.setUint32(WORD_BYTES * word, value, true);
  let next = 0;
  /** Appends the next text, and has a word say where it is. */
  const append = (word: number): void => {
    const text = all[next++]!;
    request.set(text, end);
    setWord(word, end);
    end += text.length + 1;
  };
  texts.forEach((_, i) => append(i));
  words = values;
  lists.forEach((list, i) => {
    words++;
    setWord(texts.length + i, WORD_BYTES * words);
    list.forEach(() => append(words++));
    words++;
  });
  return request;
}
