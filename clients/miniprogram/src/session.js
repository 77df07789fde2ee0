// The login of one person on this device, from the moment it begins until that person logs out or another
// one logs in. Whatever waits for the outside on behalf of that person waits by until(), so that it ends
// with the session and is never continued for anybody else.
export class Session {
    constructor(state) {
        this.state = state; // what is stored of the login; null before it has succeeded
        this.renewal = null; // a promise while the token is renewed
        this.error = null; // why it has ended
        this.waiting = new Set();
    }

    // What promise gives, or the error by which the session ends before; abort stops the work behind it.
    until(promise, abort) {
        return new Promise((resolve, reject) => {
            const end = (error) => {
                reject(error);
                if (abort) abort();
            };
            const settle = (settled) => (value) => {
                this.waiting.delete(end);
                settled(value);
            };
            promise.then(settle(resolve), settle(reject));
            if (this.error === null) this.waiting.add(end);
            else end(this.error);
        });
    }

    end(error) {
        this.error = error;
        this.waiting.forEach((end) => end(error));
        this.waiting.clear();
    }
}
