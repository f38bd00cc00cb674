import { Form, Input, Modal } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { ErrorPanel } from "./ErrorPanel";

interface Props {
  open: boolean;
  title: string;
  children?: ReactNode;
  confirm: string;
  danger?: boolean;
  /** A word that has to be typed, for what cannot be taken back. */
  word?: string;
  /** Characters that the reason may have. */
  most?: number;
  busy: boolean;
  error: unknown;
  onConfirm: (reason: string) => void;
  onClose: () => void;
}

/** Asks why before something is done, and for a typed word where it cannot be undone. */
export function ConfirmReason({ open, title, children, confirm, danger, word, most = 500, busy, error, onConfirm, onClose }: Props) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ reason: string; word?: string }>();
  const typed = Form.useWatch("word", form);
  return (
    <Modal
      open={open}
      title={title}
      okText={confirm}
      cancelText={t("common.cancel")}
      okButtonProps={{ danger: danger ?? false, disabled: word !== undefined && typed !== word }}
      confirmLoading={busy}
      onOk={() => form.submit()}
      onCancel={onClose}
      destroyOnHidden
    >
      <div className="stack tight">
        {children}
        {error ? <ErrorPanel error={error} /> : null}
        <Form form={form} layout="vertical" requiredMark={false} preserve={false} onFinish={({ reason }) => onConfirm(reason.trim())}>
          <Form.Item
            name="reason"
            label={t("common.reason")}
            extra={t("common.reasonHint")}
            rules={[{ required: true, whitespace: true, message: t("common.reasonNeeded") }]}
          >
            <Input.TextArea autoFocus rows={2} maxLength={most} />
          </Form.Item>
          {word !== undefined && (
            <Form.Item name="word" label={t("common.typeToConfirm", { word })}>
              <Input autoComplete="off" />
            </Form.Item>
          )}
        </Form>
      </div>
    </Modal>
  );
}
