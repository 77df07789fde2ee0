// Who is signed in, for all that is below Session.Provider: what GET /v1/admin/session answers.
import { createContext } from "./vendor/preact/preact.js";
import { useContext } from "./vendor/preact/hooks.js";

export const TENANT_ADMIN = "tenant_admin";
export const OPERATOR = "operator";

export const Session = createContext(null);

export function useSession() {
    return useContext(Session);
}
