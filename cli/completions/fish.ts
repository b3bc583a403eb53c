/** Completions for fish. @see fish's complete(1) */
import {
  type Choice,
  type CompletableCommand,
  type CompletableOption,
  DROP_INS,
  explainedNames,
  isCommand,
  launchingNames,
  OWN,
} from "./commands.ts";

const quoted = (text: string): string => `'${text.replace(/['\\]/g, "\\$&")}'`;

const COMPLETERS: Readonly<Record<Exclude<Choice, readonly string[]>, string>> = {
  file: "",
  dir: "(__fish_complete_directories)",
  pid: "(__fish_complete_pids)",
  user: "(__fish_complete_users)",
  group: "(__fish_complete_groups)",
  variables: "(set --names --export)",
  namespace: "(__nido_namespaces)",
  program: "(__nido_program)",
  "launching command": launchingNames().join(" "),
  "explained command": explainedNames().join(" "),
};

const completer = (choice: Choice): string =>
  typeof choice === "string" ? COMPLETERS[choice] : choice.join(" ");

/** The arguments of complete(1) that tell what can stand there. */
function choiceWords(choice: Choice | undefined, list = false): string {
  if (choice === undefined) return "";
  if (choice === "file") return " -F";
  const found = completer(choice);
  if (!list) return ` -a ${quoted(found)}`;
  const items = typeof choice === "string" ? found.slice(1, -1) : `printf '%s\\n' ${found}`;
  return ` -a ${quoted(`(${items} | __nido_list)`)}`;
}

function optionLine(condition: string, option: CompletableOption): string {
  const { long, short, value, help, choice, list } = option;
  const names = `${short === undefined ? "" : ` -s ${short}`} -l ${long}`;
  const required = value === "required" ? choice === "file" ? " -r" : " -x" : "";
  return `complete -c nido -n ${quoted(condition)}${names}${required}` +
    `${value ? choiceWords(choice, list) : ""} -d ${quoted(help)}`;
}

function commandLines({ name, options, operands }: CompletableCommand): string[] {
  const condition = `__nido_at ${name}`;
  // A program is completed by itself, and a launching command is looked for where one can stand.
  const operand = operands === "program" || operands.length === 0
    ? []
    : [`complete -c nido -n ${quoted(condition)}${choiceWords(operands)}`];
  return [
    "",
    ...options.map((option) => optionLine(condition, option)),
    ...operand,
  ];
}

/** `COMMAND OPTION` for those whose value is the next word. */
function valued({ name, options }: CompletableCommand): string[] {
  return options.filter(({ value }) => value === "required").flatMap(({ long, short }) => [
    `${name} --${long}`,
    ...(short === undefined ? [] : [`${name} -${short}`]),
  ]);
}

/** The case of options that take so many words more than one. */
function moreCase(commands: readonly CompletableCommand[], more: number): string[] {
  const taking = commands.flatMap(({ name, options }) =>
    options.filter(({ words = [] }) => words.length === more + 1)
      .map(({ long }) => `${name} --${long}`)
  );
  return taking.length === 0 ? [] : [`        case ${cases(taking)}`, `            echo ${more}`];
}

/** `COMMAND LETTER` for short options that may have a value behind them in the same word. */
function attachable({ name, options }: CompletableCommand): string[] {
  return options.filter(({ short, value, attached }) => short && (value === "required" || attached))
    .map(({ short }) => `${name} -${short}`);
}

const namesWhere = (
  commands: readonly CompletableCommand[],
  takes: (operands: Choice) => boolean,
): string => commands.filter(({ operands }) => takes(operands)).map(({ name }) => name).join(" ");

const isProgram = (operands: Choice): boolean => operands === "program";

const cases = (words: readonly string[]): string => words.map(quoted).join(" ");

/** The script. */
export function fish(commands: readonly CompletableCommand[]): string {
  return `# Completions of nido for fish, printed by: nido completions fish

# Prints whose option or operand the current word is: a command, "nido", or "program" and the
# number of the word that is the program.
function __nido_place
    set -l words (commandline -opc)
    if not set -q words[2]
        echo nido
        return
    end
    set -l command $words[2]
    set -l ended
    set -l i 3
    while test $i -le (count $words)
        set -l word $words[$i]
        set i (math $i + 1)
        if test -z "$ended"; and test "$word" = --
            set ended yes
        else if test -z "$ended"; and string match -q -- '--*' $word
            # The value is the next word.
            __nido_valued "$command $word"; and set i (math $i + 1)
            set -l more (__nido_more "$command $word")
            set i (math $i + $more)
            if test $more -gt 0; and test $i -gt (math (count $words) + 1)
                echo file
                return
            end
        else if test -z "$ended"; and string match -qr -- '^-.' $word
            # A letter that takes something ends a cluster.
            set -l letters (string split '' -- (string sub -s 2 -- $word))
            for at in (seq (count $letters))
                if __nido_attachable "$command -$letters[$at]"
                    if test $at -eq (count $letters)
                        __nido_valued "$command -$letters[$at]"; and set i (math $i + 1)
                    end
                    break
                end
            end
        else if contains -- $command ${namesWhere(commands, isProgram)}
            echo program (math $i - 1)
            return
        else if contains -- $command ${namesWhere(commands, isCommand)}
            set command $word
        end
    end
    # The first word that is no option is the program, though there may be options before it.
    if contains -- $command ${namesWhere(commands, isProgram)}
        if test -n "$ended"; or not string match -q -- '-*' (commandline -ct)
            if test $i -eq (math (count $words) + 1)
                echo program $i
                return
            end
        end
    end
    echo $command
end

function __nido_at
    set -l place (__nido_place | string split ' ')
    test "$place[1]" = $argv[1]
end

# Whether the option's value is the next word.
function __nido_valued
    contains -- $argv[1] ${cases(commands.flatMap(valued))}
end

# Prints how many words of the option follow the first.
function __nido_more
    switch $argv[1]
${[1, 2].flatMap((more) => moreCase(commands, more)).join("\n")}
        case '*'
            echo 0
    end
end

# Whether the letter's value may follow it in the same word.
function __nido_attachable
    contains -- $argv[1] ${cases(commands.flatMap(attachable))}
end

# Completes the program, or its arguments as it completes them itself.
function __nido_program
    set -l place (__nido_place | string split ' ')
    set -l words (commandline -opc)
    set -l before (string escape -- $words[$place[2]..-1])
    test $place[2] -gt (count $words); and set before
    # Behind a space fish 4 would take the words for options of complete itself.
    complete "--do-complete=$(string join ' ' -- $before (commandline -ct))"
end

function __nido_namespaces
    if string match -q -- '*/*' (commandline -ct)
        __fish_complete_path (commandline -ct)
        return
    end
    set -l lsns nido lsns
    # There may be a link of that name alone.
    command -q nido; or set lsns lsns
    $lsns --raw --noheadings --output NS,TYPE 2>/dev/null | string replace ' ' \\t
end

# Completes the last of several words with commas between from those on standard input.
function __nido_list
    set -l before (commandline -ct | string replace -r '^--[^=]*=' '' | string match -r '^(?:.*,|\\+)')
    while read -l word
        echo "$before$word"
    end
end

complete -c nido -f
${OWN.map((option) => optionLine("__nido_at nido", option)).join("\n")}
${
    commands.map(({ name, does }) =>
      `complete -c nido -n '__nido_at nido' -a ${name} -d ${quoted(does)}`
    ).join("\n")
  }
${commands.flatMap(commandLines).join("\n")}

complete -c nido -n '__nido_at file' -F
complete -c nido -n '__nido_at program' -a '(__nido_program)'

${DROP_INS.map((name) => `complete -c ${name} -f -w 'nido ${name}'`).join("\n")}
`;
}
