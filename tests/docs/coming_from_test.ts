import { testPage } from "./transcript.ts";

testPage("docs/coming-from.md");
