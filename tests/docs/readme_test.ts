import { testPage } from "./transcript.ts";

testPage("README.md");
