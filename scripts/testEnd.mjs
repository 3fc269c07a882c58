// Loaded into each test file's process. It ends by itself when its tests are over, and all that it has to say is said; one
// that has left a server, a child or a timer behind would stay for ever, so it is ended, and says what that was.
import { relative } from "node:path";
import { after } from "node:test";

const patienceMs = 10_000;

if (process.env.NODE_TEST_CONTEXT !== undefined)
  after(() => {
    setTimeout(() => {
      console.error(`${relative("", process.argv[1])} left open: ${process.getActiveResourcesInfo().join(", ")}`);
      process.exit();
    }, patienceMs).unref();
  });
