// How each kind of file is looked at, mapped and begun.

import type { ComponentType } from "react";

import { upload, type Schemas } from "../../api/client";
import { ArticleRows } from "./ArticleRows";
import { ArticlesMapping } from "./ArticlesMapping";
import { CodeRows } from "./CodeRows";
import { CodesMapping } from "./CodesMapping";
import { Documents } from "./Documents";
import type { KindName, Run } from "./kinds";
import { draftOf, mappingOf, type Draft } from "./meanings";
import { MemberMapping } from "./MemberMapping";
import { OperationsMapping } from "./OperationsMapping";
import { OrdersMapping } from "./OrdersMapping";
import { Receipts } from "./Receipts";
import { Rows } from "./Rows";

/** What every look at a file tells, whatever its rows are. */
export type Outlook = Pick<Schemas["ImportOutlook"], "columns" | "left_out" | "rejects" | "mistake">;

export interface EditorProps<D> {
  draft: D;
  columns: string[];
  onChange: (draft: D) => void;
}

/** A kind of file: `D` is its mapping as it is edited, `O` what a look at a file tells. */
export interface Handled<D, O extends Outlook> {
  name: KindName;
  preview: (file: Blob, query: Look) => Promise<O>;
  begin: (file: Blob, query: Begin) => Promise<{ isNew: boolean; run: Run }>;
  /** Whether a file that was imported before can be imported again. */
  again: boolean;
  draftOf: (outlook: O) => D;
  mappingOf: (draft: D) => Schemas["ImportFileMapping"];
  Editor: ComponentType<EditorProps<D>>;
  Rows: ComponentType<{ outlook: O }>;
}

interface Look {
  mapping?: string | undefined;
  sheet?: string | undefined;
}

interface Begin {
  mapping: string;
  name: string;
  sheet?: string | undefined;
  again: boolean;
}

/** Bytes of a file that is looked at: more the API does not take. */
const PREVIEW_BYTES_MAX = 16 * 1024 * 1024;

/** Of a text its first lines are enough; a spreadsheet is whole or nothing. */
export function canPreview(file: File): boolean {
  return file.size <= PREVIEW_BYTES_MAX || /\.(csv|txt|tsv)$/i.test(file.name);
}

/** Accepted with 202 when it begins, with 200 when the same file is known. */
const BEGUN = 202;

function routes<O>(name: KindName, further: Record<string, string> = {}) {
  return {
    name,
    again: true,
    preview: async (file: Blob, query: Look) => (await upload<O>(`/v1/imports/${name}/preview`, { ...query, ...further }, file.slice(0, PREVIEW_BYTES_MAX))).said,
    begin: async (file: Blob, { again, ...query }: Begin) => {
      const { status, said } = await upload<Run>(`/v1/imports/${name}`, { ...query, ...further, again: again ? "true" : undefined }, file);
      return { isNew: status === BEGUN, run: said };
    },
  };
}

export const MEMBERS: Handled<Draft, Schemas["ImportOutlook"]> = {
  ...routes("members"),
  draftOf: ({ mapping, columns }) => draftOf(mapping, columns),
  mappingOf,
  Editor: MemberMapping,
  Rows,
};

export const ORDERS: Handled<Schemas["ImportOrdersMapping"], Schemas["ImportOrdersOutlook"]> = {
  ...routes("orders"),
  draftOf: ({ mapping }) => mapping,
  mappingOf: (draft) => draft,
  Editor: OrdersMapping,
  Rows: Receipts,
};

export const ARTICLES: Handled<Schemas["ImportArticlesMapping"], Schemas["ImportArticlesOutlook"]> = {
  ...routes("articles"),
  draftOf: ({ mapping }) => mapping,
  mappingOf: (draft) => draft,
  Editor: ArticlesMapping,
  Rows: ArticleRows,
};

export const OPERATIONS: Handled<Schemas["ImportOperationsMapping"], Schemas["ImportOperationsOutlook"]> = {
  ...routes("operations"),
  draftOf: ({ mapping }) => mapping,
  mappingOf: (draft) => draft,
  Editor: OperationsMapping,
  Rows: Documents,
};

/** Of a batch: its mapping, kept for other lists as well, does not name it. */
export const codesOf = (batch: string): Handled<Schemas["ImportCodesMapping"], Schemas["ImportCodesOutlook"]> => ({
  ...routes("codes", { batch }),
  again: false,
  draftOf: ({ mapping }) => mapping,
  mappingOf: ({ batch: _, ...draft }) => draft,
  Editor: CodesMapping,
  Rows: CodeRows,
});
