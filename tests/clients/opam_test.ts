import { testClient } from "./client.ts";

const BUILD =
  "id -u; pwd; echo $TMPDIR; echo kept >kept; echo no >/usr/no; echo no >../../no; true";

/** opam asks for what it does not need: compilers, and how the terminal is set. */
const ENVIRONMENT = { OPAMCOLOR: "never", OPAMUTF8: "never", OPAMNODEPEXTS: "1" };

testClient({
  name: "opam",
  needs: { programs: ["opam"] },
  env: { ...ENVIRONMENT, BUILD },
  script: `
    folder=packages/packages/hello/hello.1
    mkdir -p $folder
    echo 'opam-version: "2.0"' >packages/repo
    cat >$folder/opam <<END
opam-version: "2.0"
build: ["sh" "-c" "$BUILD"]
install: ["cp" "kept" "%{bin}%/hello"]
END
    opam init --no-setup --bare --no-opamrc packages >/dev/null
    echo "status $?"
    opam switch create --empty made >/dev/null
    echo "status $?"
    opam install --yes --verbose --switch=made hello
    echo "status $?"
    cat .opam/made/bin/hello
  `,
});
