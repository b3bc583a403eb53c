/** Levels in front of messages, as journals read them. @see sd-daemon(3), SD_ERR, SD_WARNING */
export const ERROR_LEVEL = "<3>";
export const WARNING_LEVEL = "<4>";
