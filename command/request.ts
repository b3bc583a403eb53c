/** Writes requests, in the format of launch/request_file.ts. */
import { encode } from "../ffi/bytes.ts";
import { memory } from "../ffi/syscall.ts";
import { type RequestValue, WORD_BYTES } from "../launch/request_file.ts";

const isList = (value: RequestValue): value is Exclude<RequestValue, string | Uint8Array> =>
  Array.isArray(value);

/** The bytes of a request. */
export function requestBytes(values: readonly RequestValue[]): Uint8Array<ArrayBuffer> {
  const all = values.map((value) => isList(value) ? value.map(encode) : [encode(value)]);
  // Behind the words for values, those of lists: one is free, one is the end.
  let words = values.length;
  let room = 0;
  values.forEach((value, i) => {
    const texts = all[i]!;
    if (isList(value)) words += texts.length + 2;
    for (const { length } of texts) room += length + 1;
  });
  let end = WORD_BYTES * words;
  const request = memory(end + room);
  const view = new DataView(request.buffer);
  const setWord = (word: number, value: number): void =>
    view.setUint32(WORD_BYTES * word, value, true);
  /** Appends a text. */
  const append = (text: Uint8Array): number => {
    const at = end;
    request.set(text, at);
    end += text.length + 1;
    return at;
  };
  let word = values.length;
  values.forEach((value, i) => {
    if (!isList(value)) {
      setWord(i, append(all[i]![0]!));
      return;
    }
    word++;
    setWord(i, WORD_BYTES * word);
    for (const text of all[i]!) setWord(word++, append(text));
    word++;
  });
  return request;
}
