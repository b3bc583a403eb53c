import { assertEquals } from "@std/assert";
import { close } from "../../ffi/fast_calls.ts";
import { linksOf } from "../../ffi/links.ts";
import { interfaceIn, interfaceTo } from "../../ffi/routes.ts";
import { ownNetSocket } from "../../launch/run/net_socket.ts";

/** An answer to RTM_GETROUTE: the route's type, and the interface that it leads to. */
function answer(message: number, type: number, index: number): Uint8Array {
  const bytes = new Uint8Array(36);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, message, true);
  view.setUint8(23, type);
  view.setUint16(28, 8, true);
  view.setUint16(30, 4, true);
  view.setInt32(32, index, true);
  return bytes;
}

Deno.test("interfaceIn() tells the interface of a route to others alone", () => {
  assertEquals(interfaceIn(answer(24, 1, 7)), 7);
  // Its own address, a network that is unreachable, an error.
  assertEquals(interfaceIn(answer(24, 2, 1)), undefined);
  assertEquals(interfaceIn(answer(24, 7, 1)), undefined);
  assertEquals(interfaceIn(answer(2, 1, 7)), undefined);
  for (let length = 0; length < 36; length++) {
    assertEquals(interfaceIn(answer(24, 1, 7).subarray(0, length)), undefined);
  }
});

Deno.test("interfaceTo() finds no interface to this machine's own address", () => {
  const socket = ownNetSocket();
  try {
    assertEquals(interfaceTo(socket, Uint8Array.of(127, 0, 0, 1)), undefined);
    const six = new Uint8Array(16);
    six[15] = 1;
    assertEquals(interfaceTo(socket, six), undefined);
  } finally {
    close(socket);
  }
});

Deno.test("interfaceTo() finds the interface that /proc/net/route has for a gateway", () => {
  const line = Deno.readTextFileSync("/proc/net/route").split("\n").map((one) => one.split("\t"))
    .find(([, destination]) => destination === "00000000");
  const socket = ownNetSocket();
  try {
    const index = interfaceTo(socket, Uint8Array.of(198, 51, 100, 1));
    const name = linksOf(socket)!.find((link) => link.index === index)?.name;
    assertEquals(name, line?.[0]);
  } finally {
    close(socket);
  }
});
