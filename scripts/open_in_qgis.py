"""Open a portfolios.gpkg in QGIS without a screen and say what is seen, as one JSON object.

Run it with the Python that QGIS belongs to (Debian: apt-get install qgis python3-qgis):

    QT_QPA_PLATFORM=offscreen /usr/bin/python3 scripts/open_in_qgis.py portfolios.gpkg map.png

Given a second file, it draws the layer with its default style into it.
"""

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtXml import QDomDocument


def categories(layer):
    """Return what the layer's renderer colors by, and the color of every value."""
    renderer = layer.renderer()
    if renderer is None or renderer.type() != "categorizedSymbol":
        return {"by": None, "colors": {}, "labels": {}}
    colors = {str(one.value()): one.symbol().color().name() for one in renderer.categories()}
    labels = {str(one.value()): one.label() for one in renderer.categories()}
    return {"by": renderer.classAttribute(), "colors": colors, "labels": labels}


def styles(layer):
    """Load every style that the file holds, and return by which column each colors."""
    count, ids, names, about, error = layer.listStylesInDatabase()
    if count < 0:
        raise SystemExit(error)
    found = {}
    for style, name, what in zip(ids, names, about):
        text, _ = layer.getStyleFromDatabase(style)
        document = QDomDocument()
        document.setContent(text)
        loaded, fault = layer.importNamedStyle(document)
        if not loaded:
            raise SystemExit(f"style {name}: {fault}")
        found[name] = {"about": what, **categories(layer)}
    return found


def draw(layer, path):
    """Draw the layer as QGIS shows it."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setExtent(layer.extent())
    settings.setOutputSize(QSize(800, 800))
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(path)


def main(file, picture=None):
    """Open, tell and draw."""
    application = QgsApplication([], False)
    application.initQgis()
    layer = QgsVectorLayer(f"{file}|layername=portfolios", "portfolios", "ogr")
    told = {"valid": layer.isValid(), "features": layer.featureCount(), "crs": layer.crs().authid()}
    told["shown"] = categories(layer)
    if picture:
        draw(layer, picture)
    told["styles"] = styles(layer)
    print(json.dumps(told))
    sys.stdout.flush()
    del layer
    application.exitQgis()


if __name__ == "__main__":
    main(*sys.argv[1:3])
