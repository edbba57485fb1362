"""Jiesu's core: messages, conversations, articles, tickets, surveys and jobs, and the rules that keep them right."""
