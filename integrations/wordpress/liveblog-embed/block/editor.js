// The block in the editor. Its preview is what the server renders; element.js makes it live. No build step.
(({ blocks, blockEditor, components, element, i18n, serverSideRender: ServerSideRender }) => {
  const { createElement: el, Fragment, useState } = element;
  const { __ } = i18n;
  const { Button, Disabled, PanelBody, Placeholder, SelectControl, TextControl, ToggleControl } = components;
  const { InspectorControls, useBlockProps } = blockEditor;

  const NAME = "liveblog-embed/story";
  const { server } = window.liveblogEmbed ?? { server: "" };
  const LANGUAGES = { en: "English", uk: "Українська", de: "Deutsch", fr: "Français", es: "Español", ar: "العربية" };
  const WORDS = {
    story: __("Story", "liveblog-embed"),
    help: __("The address of a story, or the last part of it.", "liveblog-embed"),
  };

  const options = (unset, values) => [
    { value: "", label: unset },
    ...Object.entries(values).map(([value, label]) => ({ value, label })),
  ];
  const CHOICES = [
    [
      "order",
      __("Order", "liveblog-embed"),
      options(__("Newest first", "liveblog-embed"), { oldest: __("Oldest first", "liveblog-embed") }),
    ],
    [
      "show",
      __("Show", "liveblog-embed"),
      options(__("All updates", "liveblog-embed"), {
        key: __("Key events", "liveblog-embed"),
        confirmed: __("Confirmed updates", "liveblog-embed"),
      }),
    ],
    ["lang", __("Language of the labels", "liveblog-embed"), options(__("The story’s", "liveblog-embed"), LANGUAGES)],
    [
      "theme",
      __("Colours", "liveblog-embed"),
      options(__("The reader’s setting", "liveblog-embed"), {
        light: __("Light", "liveblog-embed"),
        dark: __("Dark", "liveblog-embed"),
        host: __("This site’s text colour and font", "liveblog-embed"),
      }),
    ],
  ];
  const TEXTS = [
    ["topic", 100, __("Topic", "liveblog-embed"), __("Only updates with this hashtag.", "liveblog-embed")],
    [
      "author",
      100,
      __("Author", "liveblog-embed"),
      __("Only updates of this author: name or @handle.", "liveblog-embed"),
    ],
    [
      "title",
      200,
      __("Title", "liveblog-embed"),
      __("For screen readers, and the text of the link.", "liveblog-embed"),
    ],
  ];

  /** The text of a number's field as an attribute: none if it is empty or out of bounds. */
  const number = (text, least, most) => {
    const value = Number.parseInt(text, 10);
    return value >= least ? Math.min(value, most) : undefined;
  };

  function Choose({ value, choose }) {
    const [typed, type] = useState(value);
    return el(
      Placeholder,
      { icon: "rss", label: "Liveblog", instructions: WORDS.help },
      el(
        "form",
        {
          onSubmit: (event) => {
            event.preventDefault();
            choose(typed.trim());
          },
        },
        el(TextControl, { label: WORDS.story, value: typed, onChange: type, placeholder: `${server}/stories/…` }),
        el(Button, { variant: "primary", type: "submit" }, __("Show", "liveblog-embed")),
      ),
    );
  }

  function Settings({ attributes, setAttributes }) {
    const set = (name) => (value) => setAttributes({ [name]: value || undefined });
    return el(
      InspectorControls,
      null,
      el(
        PanelBody,
        { title: __("Updates", "liveblog-embed") },
        el(TextControl, {
          label: WORDS.story,
          help: WORDS.help,
          value: attributes.story,
          onChange: (story) => setAttributes({ story: story.trim() }),
        }),
        el(TextControl, {
          label: __("Updates at first", "liveblog-embed"),
          help: __("1 to 50; 8 if it is empty.", "liveblog-embed"),
          type: "number",
          min: 1,
          max: 50,
          value: attributes.limit ?? "",
          onChange: (text) => setAttributes({ limit: number(text, 1, 50) }),
        }),
        el(TextControl, {
          label: __("Height in pixels", "liveblog-embed"),
          help: __("The updates scroll within. As tall as its content if it is empty.", "liveblog-embed"),
          type: "number",
          min: 10,
          max: 99999,
          value: attributes.height ?? "",
          onChange: (text) => setAttributes({ height: number(text, 10, 99999) }),
        }),
        el(ToggleControl, {
          label: __("Headlines only", "liveblog-embed"),
          checked: attributes.compact,
          onChange: (compact) => setAttributes({ compact }),
        }),
        CHOICES.map(([name, label, choices]) =>
          el(SelectControl, { key: name, label, options: choices, value: attributes[name] ?? "", onChange: set(name) }),
        ),
        TEXTS.map(([name, maxLength, label, help]) =>
          el(TextControl, {
            key: name,
            label,
            help,
            maxLength,
            value: attributes[name] ?? "",
            onChange: set(name),
          }),
        ),
      ),
    );
  }

  function Edit({ attributes, setAttributes }) {
    const nothing = () => el(Choose, { value: attributes.story, choose: (story) => setAttributes({ story }) });
    return el(
      Fragment,
      null,
      el(Settings, { attributes, setAttributes }),
      el(
        "div",
        useBlockProps(),
        attributes.story
          ? el(
              Disabled,
              null,
              el(ServerSideRender, { block: NAME, attributes, EmptyResponsePlaceholder: nothing, httpMethod: "POST" }),
            )
          : nothing(),
      ),
    );
  }

  const named = (name) => ({ type: "string", shortcode: ({ named: given }) => given[name] });
  const numbered = (name) => ({
    type: "integer",
    shortcode: ({ named: given }) => number(given[name], 1, 99999),
  });
  const isStory = (text) => {
    const address = text.trim();
    return (
      Boolean(server) &&
      address.startsWith(`${server}/stories/`) &&
      /^[^\s#]+\/stories\/[a-z0-9-]+\/?(\?[^\s#]*)?$/.test(address) &&
      !/[?&]at=/.test(address)
    );
  };

  blocks.registerBlockType(NAME, {
    edit: Edit,
    save: () => null,
    transforms: {
      from: [
        {
          type: "raw",
          priority: 5,
          isMatch: (node) => node.nodeName === "P" && isStory(node.textContent),
          transform: (node) => blocks.createBlock(NAME, { story: node.textContent.trim() }),
        },
        {
          type: "shortcode",
          tag: "liveblog",
          attributes: {
            ...Object.fromEntries(
              ["story", "order", "show", "topic", "author", "lang", "theme", "title"].map((name) => [
                name,
                named(name),
              ]),
            ),
            limit: numbered("limit"),
            height: numbered("height"),
            compact: {
              type: "boolean",
              shortcode: ({ named: given, numeric }) =>
                numeric.includes("compact") || /^(1|true|yes|compact)$/i.test(given.compact ?? ""),
            },
          },
        },
      ],
    },
  });
})(window.wp);
