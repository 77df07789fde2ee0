export { createClient } from "./src/client.js";
export { uniPlatform, wxPlatform } from "./src/platform.js";
