// One field for everything that has a number: `/` jumps there. What a text can mean is offered as a list, the likeliest
// first. Phones, cards and emails go to the API in a body, never into an address.

import { SearchOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { App, Input, type InputRef } from "antd";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { answer, api } from "../api/client";
import { toApiError } from "../api/errors";
import { may, type Me } from "../api/permissions";
import { refusalText } from "./i18n";
import { meanings, type Meaning } from "./meanings";

const LIST = "header-search";

export function HeaderSearch({ me }: { me: Me }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const client = useQueryClient();
  const field = useRef<InputRef>(null);
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const [hasFocus, setFocus] = useState(false);
  const offered = meanings(text).filter((meaning) => may(me, meaning.route));
  const at = Math.min(active, offered.length - 1);

  useEffect(() => {
    const onSlash = (event: globalThis.KeyboardEvent) => {
      const at = event.target as HTMLElement;
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (at.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(at.tagName)) return;
      event.preventDefault();
      field.current?.focus();
    };
    document.addEventListener("keydown", onSlash);
    return () => document.removeEventListener("keydown", onSlash);
  }, []);

  async function open(meaning: Meaning) {
    if (meaning.to) {
      setText("");
      field.current?.blur();
      return navigate(meaning.to);
    }
    const identifier = { kind: meaning.as as "phone" | "card" | "email", value: meaning.value };
    try {
      const person = await client.fetchQuery({
        queryKey: ["person-of", identifier],
        queryFn: () => answer(api.POST("/v1/people/search", { body: { identifier } })),
      });
      setText("");
      field.current?.blur();
      await navigate(`/members/people/${person.id}`);
    } catch (error) {
      const refused = toApiError(error);
      void (refused.status === 404 ? message.info(t("search.nobody")) : message.error(refusalText(refused.code, refused.message)));
    }
  }

  // By the combobox pattern of WAI-ARIA: arrows move, Enter opens, Escape puts away.
  function onKey(event: KeyboardEvent<HTMLInputElement>) {
    if (event.nativeEvent.isComposing) return;
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (by !== 0 && offered.length > 0) {
      event.preventDefault();
      setActive((at + by + offered.length) % offered.length);
    } else if (event.key === "Enter" && offered[at]) void open(offered[at]);
    else if (event.key === "Escape") setText("");
  }

  const isOpen = hasFocus && offered.length > 0;
  return (
    <div className="shell-search">
      <Input
        ref={field} value={text} prefix={<SearchOutlined />} suffix={<kbd className="only-wide">/</kbd>} autoComplete="off" spellCheck={false}
        placeholder={t("search.placeholder")} aria-label={t("search.label")}
        role="combobox" aria-expanded={isOpen} aria-controls={LIST} aria-autocomplete="list" aria-activedescendant={isOpen ? `${LIST}-${at}` : undefined}
        onChange={({ target }) => { setText(target.value); setActive(0); }} onKeyDown={onKey} onFocus={() => setFocus(true)} onBlur={() => setFocus(false)}
      />
      <ul className="shell-found" id={LIST} role="listbox" aria-label={t("search.label")} hidden={!isOpen}>
        {offered.map((meaning, place) => (
          // Pressed before the field loses the focus, which would put the list away. A mouse that rests where the list opens chooses nothing.
          <li
            key={meaning.as} id={`${LIST}-${place}`} role="option" aria-selected={place === at}
            onMouseDown={(event) => { event.preventDefault(); void open(meaning); }} onMouseMove={() => setActive(place)}
          >
            <span>{t(`search.as.${meaning.as}`)}</span> <span className="muted num">{meaning.value}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
