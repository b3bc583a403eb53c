import { testPage } from "./transcript.ts";

testPage("docs/tour.md");
