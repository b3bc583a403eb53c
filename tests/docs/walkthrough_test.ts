import { testPage } from "./transcript.ts";

testPage("docs/walkthrough.md");
