"""How a mesh is drawn: laid out, as SVG, as one HTML file, as Mermaid, as text."""
