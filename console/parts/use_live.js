import { useEffect, useState } from "../vendor/preact/hooks.js";
import { call } from "../api.js";
import { pointBetween, readingOf } from "../reading.js";

const EVERY_MS = 3000;
const N_POINTS = 200; // ten minutes
const IDLE_MS = 10 * 60 * 1000;

// Where nobody looks, nothing is asked: that would also keep a forgotten session alive.
function useIsWatched() {
    const [isWatched, setIsWatched] = useState(true);
    useEffect(() => {
        let timer;
        const rest = () => setIsWatched(false);
        const watch = () => {
            clearTimeout(timer);
            if (document.hidden) {
                rest();
                return;
            }
            timer = setTimeout(rest, IDLE_MS);
            setIsWatched(true);
        };
        const events = ["pointermove", "pointerdown", "keydown", "visibilitychange"];
        events.forEach((event) => document.addEventListener(event, watch));
        watch();
        return () => {
            clearTimeout(timer);
            events.forEach((event) => document.removeEventListener(event, watch));
        };
    }, []);
    return isWatched;
}

function withReading(state, reading) {
    const point = state.reading ? pointBetween(state.reading, reading) : null;
    return { reading, before: state.reading, points: point === null ? state.points : [...state.points, point].slice(-N_POINTS) };
}

// The host's metrics as they come: {reading: the last one, before: the one
// before it, points: between each two, problem, isWatched}.
export function useLive() {
    const [state, setState] = useState({ points: [] });
    const isWatched = useIsWatched();
    useEffect(() => {
        if (!isWatched) return undefined;
        const controller = new AbortController();
        let timer;
        const read = async () => {
            try {
                const text = await call("GET", "metrics", { signal: controller.signal });
                const reading = readingOf(text, (performance.timeOrigin + performance.now()) / 1000);
                setState((before) => withReading(before, reading));
            } catch (problem) {
                if (controller.signal.aborted) return;
                setState((before) => ({ ...before, problem }));
            }
            timer = setTimeout(read, EVERY_MS);
        };
        read();
        return () => {
            controller.abort();
            clearTimeout(timer);
        };
    }, [isWatched]);
    return { ...state, isWatched };
}
