export * from "../../generated/events.js";
export * from "../../generated/params.js";
export * from "../../generated/responses.js";
export { Tasks } from "../../generated/tasks.js";
