// `nido doctor` where ranges of ids cannot be mapped, for causes that are really there: it names the right one.

import { nido, quote } from "../../support/nido.ts";
import { DOCTOR } from "./answer.ts";
import { type Cause, prepared, testCause } from "./cause.ts";

/** Runs the doctor with programs of that folder first in PATH; `make` puts them into $d. */
const withTools = (make: string): string =>
  `d=$(mktemp -d --tmpdir nido-tool-XXXXXX) || exit; chmod 755 $d; ${make}; PATH=$d:$PATH ${DOCTOR}; ` +
  `s=$?; rm -r $d; exit $s`;

const CAUSES: readonly Cause[] = [
  {
    about: "a user without a line in /etc/subuid",
    script: prepared("mount --bind /dev/null /etc/subuid"),
    as: "root",
    name: "map-auto",
    why: /^no line matching user "\S+" in \/etc\/subuid$/,
    remedy: /^echo '\S+:100000:65536' >> \/etc\/subuid, as root$/,
    ranges: true,
  },
  {
    about: "a line in /etc/subuid that is none",
    script: prepared(
      `echo "$(id -un 1000):some:65536" >/dev/shm/nido-subuid; ` +
        "mount --bind /dev/shm/nido-subuid /etc/subuid; rm /dev/shm/nido-subuid",
    ),
    as: "root",
    name: "map-auto",
    why: /^line 1 of \/etc\/subuid is not NAME:START:COUNT$/,
    remedy: /^sed -i '1s\/.*\/\S+:100000:65536\/' \/etc\/subuid, as root$/,
    ranges: true,
  },
  {
    about: "no line in /etc/subuid, in a user namespace with one id",
    script: `${nido} unshare --map-current-user -m --keep-caps sh -c ${
      quote([`mount --bind /dev/null /etc/subuid && exec ${DOCTOR}`])
    }`,
    as: "user",
    name: "map-auto",
    verdict: "cannot tell",
    why: /in \/etc\/subuid; and this user namespace maps one uid only: .*only the outside knows$/,
    ranges: true,
  },
  {
    about: "ranges in a user namespace with one id",
    script: `${nido} unshare --map-current-user ${DOCTOR}`,
    as: "user",
    name: "map-auto",
    why: /^this user namespace has not all ids/,
    remedy: /--map-users=all$/,
    ranges: true,
  },
  {
    about: "no_new_privs",
    script: `setpriv --no-new-privs ${DOCTOR}`,
    as: "user",
    name: "map-auto",
    why: /^no_new_privs is set, so newuidmap cannot gain the privilege/,
    remedy: /outside of what sets no_new_privs/,
    ranges: true,
  },
  {
    about: "newuidmap not being there",
    script: `PATH=/no/such ${DOCTOR}`,
    as: "user",
    name: "map-auto",
    why: /^newuidmap is not installed/,
    remedy: /^install Debian's package uidmap/,
    ranges: true,
  },
  {
    about: "a newuidmap without its setuid bit",
    script: withTools("cp $(command -v newuidmap) $(command -v newgidmap) $d"),
    as: "user",
    name: "map-auto",
    why: /^newuidmap has lost its setuid bit or capability/,
    remedy: /^reinstall/,
    ranges: true,
  },
  {
    about: "a newuidmap that does not end",
    script: withTools(
      "printf '#!/bin/sh\\nexec sleep 60\\n' >$d/newuidmap; chmod 755 $d/newuidmap",
    ),
    as: "user",
    name: "map-auto",
    verdict: "cannot tell",
    why: /^it had not ended after 5 s$/,
    ranges: true,
  },
];

CAUSES.forEach(testCause);
