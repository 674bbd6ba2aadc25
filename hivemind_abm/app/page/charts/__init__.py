"""Charts as plain ECharts options, and what draws them in the browser."""
