import { useCallback, useEffect, useState } from "../vendor/preact/hooks.js";

// What load(signal) promises: {value, problem, isLoading, reload}. It is loaded anew when one of the inputs changes
// and after reload(); what was loaded before stays until then.
export function useLoaded(load, inputs) {
    const [state, setState] = useState({ isLoading: true });
    const [turn, setTurn] = useState(0);
    useEffect(() => {
        const controller = new AbortController();
        setState((before) => ({ ...before, isLoading: true }));
        load(controller.signal).then(
            (value) => !controller.signal.aborted && setState({ value, isLoading: false }),
            (problem) => !controller.signal.aborted && setState({ problem, isLoading: false }),
        );
        return () => controller.abort();
    }, [...inputs, turn]);
    const reload = useCallback(() => setTurn((before) => before + 1), []);
    return { ...state, reload };
}
