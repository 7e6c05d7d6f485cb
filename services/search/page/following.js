// A job as it changes: by events, or by asking now and then where these do not come.
import * as api from "./api.js";
import { isActive } from "./jobs.js";

const LOOK_MS = 2000;
const SILENT_MS = 10_000; // a proxy may keep events back

// Calls changed(job) until the job ends, lost(error) while nothing is heard; the answer ends it before.
// A browser allows a server six connections, over all its tabs: stop it where nobody looks.
export function follow(id, { changed, lost }) {
  let heard = Date.now(), over = false;
  const source = new EventSource(api.eventsUrl(id));
  const stop = () => {
    over = true;
    source.close();
    clearInterval(timer);
  };
  const take = (job) => {
    if (over) return;
    heard = Date.now();
    if (!isActive(job)) stop();
    changed(job);
  };
  const ask = async () => {
    const asked = Date.now();
    try {
      const job = await api.jobQuietly(id);
      if (heard <= asked) take(job); // else an event came meanwhile, and is newer
    } catch (error) {
      if (over) return;
      if (error.status === 404) stop();
      lost(error);
    }
  };
  source.addEventListener("job", (event) => take(JSON.parse(event.data)));
  const timer = setInterval(() => {
    if (source.readyState === EventSource.CLOSED || Date.now() - heard > SILENT_MS) ask();
  }, LOOK_MS);
  return stop;
}
