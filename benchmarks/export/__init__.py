"""Lists as files: our CSV beside a bare COPY, our workbook beside openpyxl's."""
