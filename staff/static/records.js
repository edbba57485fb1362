// A table of records. Rows may lead somewhere; columns may be sorted; on a narrow screen the style sheet makes each row a card.
// The roles say again what the tags say, because a row that is laid out as a card would lose them.
export default {
  props: { caption: String, columns: Array, rows: Array, empty: String, sort: String },
  emits: ["press"],
  data() {
    return { by: this.sort || "", down: true };
  },
  computed: {
    shown() {
      if (!this.by) return this.rows;
      const sign = this.down ? -1 : 1;
      // A total stays on top; rows without a value come last either way.
      return [...this.rows].sort((a, b) => {
        if (a.total || b.total) return (b.total ? 1 : 0) - (a.total ? 1 : 0);
        const x = this.value(a), y = this.value(b);
        if (x === null || y === null) return (x === null) - (y === null);
        return sign * (typeof x === "number" ? x - y : String(x).localeCompare(String(y), "zh-CN"));
      });
    },
  },
  methods: {
    cell(row, column) {
      const cell = row[column.name];
      return cell !== null && typeof cell === "object" ? cell : { text: cell ?? "" };
    },
    value(row) {
      const cell = row[this.by];
      return cell !== null && typeof cell === "object" ? (cell.value === undefined ? cell.text : cell.value) : cell;
    },
    sortBy(name) {
      this.down = this.by === name ? !this.down : true;
      this.by = name;
    },
    direction(name) {
      return this.by !== name ? "none" : this.down ? "descending" : "ascending";
    },
    follow(row, event) {
      // The whole row is a target for the mouse; the link in it serves everyone else.
      if (!row.href || event.target.closest("a, button") || String(getSelection())) return;
      if (event.ctrlKey || event.metaKey) window.open(row.href);
      else location.assign(row.href);
    },
  },
  template: `
  <div class="records">
    <p v-if="!rows.length" class="empty">{{ empty }}</p>
    <table v-else role="table">
      <caption class="unseen">{{ caption }}</caption>
      <thead role="rowgroup">
        <tr role="row">
          <th v-for="c in columns" :key="c.name" role="columnheader" scope="col" :class="c.classes" :aria-sort="c.sortable ? direction(c.name) : null">
            <button v-if="c.sortable" type="button" @click="sortBy(c.name)">{{ c.label }}<span aria-hidden="true">{{
              { none: "", descending: " ↓", ascending: " ↑" }[direction(c.name)] }}</span></button>
            <template v-else>{{ c.label }}</template>
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        <tr v-for="r in shown" :key="r.key" role="row" :class="[r.tone, { leads: r.href, total: r.total }]" @click="follow(r, $event)">
          <template v-for="(c, i) in columns" :key="c.name">
            <td role="cell" :class="[c.classes, { none: !cell(r, c).text && !cell(r, c).press }]" :data-label="c.label" :title="cell(r, c).title">
              <a v-if="cell(r, c).href || (r.href && i === 0)" :href="cell(r, c).href || r.href">{{ cell(r, c).text }}</a>
              <button v-else-if="cell(r, c).press" type="button" class="quiet" @click="$emit('press', r.key)">{{ cell(r, c).press }}</button>
              <span v-else :class="cell(r, c).tone ? ['mark', cell(r, c).tone] : null">{{ cell(r, c).text }}</span>
              <span v-if="cell(r, c).sub" :class="['sub', cell(r, c).subTone]">{{ cell(r, c).sub }}</span>
            </td>
          </template>
        </tr>
      </tbody>
    </table>
  </div>`,
};
