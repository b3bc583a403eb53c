// deno-fmt-ignore-file
// Made from aarch64.s by `deno task assemble`. Do not edit.

export const CODE: string =
  "df2403d5e90300912a8540f82a0100b42a8540f8ea0000b44b154038abffff34cbff3f36ea000010" +
  "2a811ff8f9ffff178afeff103001005810020a8b00021fd6286e69646f3a206e6f74204153434949" +
  "29000000000000000000000000000000";
