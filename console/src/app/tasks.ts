// The long work of the brand, as the API tells of it while somebody looks.

import { useQuery, useQueryClient } from "@tanstack/react-query";

import { answer, api, type Schemas } from "../api/client";
import { useStream } from "../api/stream";

export type Task = Schemas["Task"];

/** What a stream tells of at first, too. */
export const TASKS_MAX = 50;
export const TASKS = ["tasks"];
const POLL_MS = 5_000;
const LOOK_MS = 20_000;

export const isUnderWay = ({ state }: Task) => state === "queued" || state === "running";

/** What is known, with what is new of it; of work that is done again the latest alone. */
export function merged(known: Task[], news: Task[]): Task[] {
  const told = new Set(news.flatMap(({ id, subject }) => [id, subject]).filter(Boolean));
  const rest = known.filter(({ id, subject }) => !told.has(id) && !(subject && told.has(subject)));
  return [...news, ...rest].sort((one, other) => (one.id < other.id ? 1 : -1)).slice(0, TASKS_MAX);
}

/** What is known of tasks. They are watched while one is under way or somebody looks at them; a look now and then does otherwise. */
export function useTasks(looksAt: boolean): Task[] | undefined {
  const client = useQueryClient();
  const isBusy = client.getQueryData<Task[]>(TASKS)?.some(isUnderWay) ?? false;
  const state = useStream<Schemas["Changed"]>("/v1/tasks/stream", "tasks", isBusy || looksAt, ({ tasks }) => {
    // An answer that was asked for before this would put back what was.
    void client.cancelQueries({ queryKey: TASKS });
    client.setQueryData<Task[]>(TASKS, (known) => merged(known ?? [], tasks));
  });
  const asked = useQuery({
    queryKey: TASKS,
    queryFn: async () => (await answer(api.GET("/v1/tasks", { params: { query: { limit: TASKS_MAX } } }))).items,
    refetchInterval: state === "open" ? false : isBusy || looksAt ? POLL_MS : LOOK_MS,
  });
  return asked.data;
}
