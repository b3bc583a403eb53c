import { testClient } from "./client.ts";
import { PNG } from "./picture.ts";

const VALIDATE = "/usr/libexec/flatpak-validate-icon";

testClient({
  name: "flatpak's check of icons",
  needs: { programs: [VALIDATE, "base64"] },
  script: `
    echo ${PNG} | base64 -d >icon.png
    for size in 512 32; do
      ${VALIDATE} --sandbox $size $size icon.png
      echo "status $?"
    done
    ${VALIDATE} --sandbox 512 512 /etc/passwd
    echo "status $?"
  `,
});

/** Puts a runtime of a few programs, as flatpak has it, into its own repository. */
const RUNTIME = `
  mkdir -p runtime/files
  for program in sh cat ls id; do
    path=$(readlink -f /bin/$program)
    for file in "$path" $(ldd "$path" | grep -o '/[^ ]*'); do
      to=runtime/usr/\${file#/usr/}
      mkdir -p "$(dirname "$to")"
      cp -L "$file" "$to"
    done
    [ -e runtime/usr/bin/$program ] || ln -s "\${path##*/}" runtime/usr/bin/$program
  done
  printf '[Runtime]\\nname=org.test.Runtime\\n' >runtime/metadata
  flatpak build-export --disable-sandbox --runtime repository runtime stable >/dev/null
  flatpak remote-add --user --no-gpg-verify test repository
  flatpak install --user -y --noninteractive test org.test.Runtime//stable
`;

/** Builds an application of it, installs that, and runs it. */
const APPLICATION = `
  flatpak build-init built org.test.App org.test.Runtime org.test.Runtime stable
  flatpak build built sh -c 'ls / /app; id -u; echo no >/usr/no; echo made >/app/made; exit 3'
  echo "status $?"
  cat built/files/made
  mkdir built/files/bin
  printf '#!/bin/sh\\necho runs "$@"; id -u; ls / /app; cat /app/made; echo no >/app/no; exit 4\\n' >built/files/bin/hello
  chmod +x built/files/bin/hello
  flatpak build-finish built --command=hello >/dev/null
  flatpak build-export --disable-sandbox repository built stable >/dev/null
  flatpak install --user -y --noninteractive test org.test.App//stable
  flatpak run --user org.test.App//stable one two
  echo "status $?"
  flatpak run --user --command=sh org.test.App//stable -c 'kill -9 $$'
  echo "status $?"
`;

testClient({
  name: "flatpak",
  needs: { programs: ["flatpak", "dbus-run-session", "ldd"] },
  // Installing asks the system's bus whether parents allow it.
  script: `
    dbus-run-session -- sh -c '
      export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS
      eval "$MAKE"' 2>&1 | grep -v '^dbus-daemon'
  `,
  env: { MAKE: RUNTIME + APPLICATION },
});
