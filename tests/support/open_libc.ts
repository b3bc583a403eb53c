/** Imported by tests that call the library themselves: Deno 2.4 calls a library that a test opens a leak. */
import { libc } from "../../ffi/libc.ts";

libc();
