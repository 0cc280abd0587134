typedef int ff_placeholder;
