import { testClient } from "./client.ts";
import { PNG } from "./picture.ts";

/** Its command takes --no-sandbox for the opposite, where it is 0.13.3. */
const CLEAN = `
from libmat2 import parser_factory
for name in ("picture.png", "picture.cleaned.png"):
    parser, kind = parser_factory.get_parser(name)
    print(kind, parser.sandbox, parser.get_meta(), parser.remove_all())
`;

testClient({
  name: "mat2",
  needs: { programs: ["mat2", "exiftool", "base64"] },
  env: { CLEAN },
  script: `
    echo ${PNG} | base64 -d >picture.png
    /usr/bin/python3 -c "$CLEAN"
    echo "status $?"
    sha256sum *.png
  `,
});
