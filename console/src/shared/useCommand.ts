// Something that changes the brand's world: done once, told, and the lists that show it are read again.

import { useMutation, useQueryClient, type QueryKey } from "@tanstack/react-query";
import { App } from "antd";

import { toApiError } from "../api/errors";
import { refusalText } from "../app/i18n";

interface Options<I, O> {
  run: (input: I) => Promise<O>;
  /** What is said when it is done. */
  done?: string | ((output: O) => string);
  /** What has to be read again. */
  changes?: QueryKey[];
  then?: (output: O, input: I) => void;
  /** Tells a refusal at the edge of the screen, where no form shows it. */
  tells?: boolean;
}

export function useCommand<I, O>({ run, done, changes = [], then, tells = false }: Options<I, O>) {
  const client = useQueryClient();
  const { message } = App.useApp();
  return useMutation({
    mutationFn: run,
    onSuccess: async (output, input) => {
      const text = typeof done === "function" ? done(output) : done;
      if (text) void message.success(text);
      await Promise.all(changes.map((queryKey) => client.invalidateQueries({ queryKey })));
      then?.(output, input);
    },
    onError: (error) => {
      const { code, message: said } = toApiError(error);
      if (tells) void message.error(refusalText(code, said));
    },
  });
}
