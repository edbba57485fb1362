// A list that is searched by typing. NiceGUI's own marks nothing while one types, so Enter chose nothing, and the words stayed in the field
// as if they were chosen. Here the first option that fits is marked: Enter takes it, and a screen reader reads it out.
export default {
  props: ["options"],
  data() {
    return { typed: "" };
  },
  computed: {
    fitting() {
      const wanted = this.typed.trim().toLocaleLowerCase();
      return wanted ? this.options.filter((option) => option.label.toLocaleLowerCase().includes(wanted)) : this.options;
    },
  },
  methods: {
    filter(typed, update) {
      update(
        () => (this.typed = typed),
        (list) => {
          const wanted = typed.trim();
          if (wanted || this.$attrs.multiple) list.setOptionIndex(-1); // it marks the first of those chosen, and Enter would put that back
          if (wanted && this.fitting.length) list.moveOptionSelection(1, true);
        },
      );
    },
    chosen() {
      // Where several may be chosen, the words would go on fitting what was just taken, and a second Enter would put it back.
      if (this.$attrs.multiple) this.$nextTick(() => this.$refs.qRef?.updateInputValue(""));
    },
    left() {
      // What is shown is what is chosen: words that nobody chose by do not stay.
      const list = this.$refs.qRef;
      list?.updateInputValue((!this.$attrs.multiple && list.modelValue?.label) || "", true);
    },
  },
  template: `
    <q-select ref="qRef" :options="fitting" @filter="filter" @update:model-value="chosen" @blur="left">
      <template v-for="(_, slot) in $slots" v-slot:[slot]="given"><slot :name="slot" v-bind="given || {}" /></template>
    </q-select>
  `,
};
