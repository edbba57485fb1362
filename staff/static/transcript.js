// A conversation, oldest line first. New lines are read out by screen readers; the view stays at the end unless someone scrolled up.
export default {
  props: { lines: Array },
  data() {
    return { atEnd: true };
  },
  mounted() {
    this.toEnd();
    // Photos change the height when they arrive.
    this.$el.addEventListener("load", () => this.atEnd && this.toEnd(), true);
  },
  watch: {
    lines() {
      if (this.atEnd) this.$nextTick(this.toEnd);
    },
  },
  methods: {
    toEnd() {
      this.$el.scrollTop = this.$el.scrollHeight;
      this.atEnd = true;
    },
    scrolled() {
      this.atEnd = this.$el.scrollHeight - this.$el.scrollTop - this.$el.clientHeight < 60;
    },
  },
  template: `
  <div class="transcript" role="log" aria-label="会话内容" aria-live="polite" tabindex="0" @scroll.passive="scrolled">
    <p v-if="!lines.length" class="empty">还没有内容。</p>
    <ol>
      <li v-for="l in lines" :key="l.key" :class="l.author">
        <p class="by"><b>{{ l.who }}</b> <time :datetime="l.at" :title="l.exact">{{ l.time }}</time> <span v-if="l.note" class="note">{{ l.note }}</span></p>
        <p v-if="l.text" class="text">{{ l.text }}</p>
        <p v-if="l.files.length" class="files">
          <template v-for="f in l.files" :key="f.href">
            <a v-if="f.image" :href="f.href" target="_blank" rel="noopener"><img :src="f.href" :alt="f.name" loading="lazy"></a>
            <audio v-else controls preload="none" :src="f.href" :aria-label="f.name"></audio>
          </template>
        </p>
        <ul v-if="l.choices.length" class="choices" aria-label="给市民的选项"><li v-for="c in l.choices" :key="c.label" :class="{ chosen: c.chosen }">{{ c.label }}<span v-if="c.chosen" class="unseen">（市民选了）</span></li></ul>
      </li>
    </ol>
    <button v-if="!atEnd" type="button" class="to-end" @click="toEnd">回到最新 ↓</button>
  </div>`,
};
