/** What command lines are parsed as, as a text. */
import type { LaunchingCommand } from "../../cli/spec_reader.ts";

/** One JSON text for each line, or its error. @param lines The command's name, and its words. */
export function parsed(
  commands: readonly LaunchingCommand[],
  lines: readonly (readonly string[])[],
): string {
  return lines.map(([name, ...words]) => {
    try {
      const spec = commands.find((command) => command.name === name)!.parse(words);
      return JSON.stringify(spec, (_, value) => typeof value === "bigint" ? `${value}n` : value);
    } catch (error) {
      return String(error);
    }
  }).join("\n");
}
