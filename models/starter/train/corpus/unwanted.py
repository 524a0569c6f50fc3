"""Words that keep an entry out of the facts, in rot13, so that nobody has to read them. Deliberately broad."""

import codecs
import re

WORDS = (
    r'frk\j*|encr\j*|avtt\j*|fyhg|juber|cravf|intvan|grfgvp\j*|travgny\j*|pbvg\j*|shpx\j*|fuvg|phag|cebfgv'
    r'ghg\j*|znfgheong\j*|rebgvp\j*|ubzbfrkhny\j*|bssrafvir|rguavp fyhe|qvfcnent\j*|ihytne|bofprar|nahf|sr'
    r'prf|rkperzrag|heva\j*|pbchyng\j*|vaprfg\j*|anmv\j*|arteb\j*|wrj\j*'
)
UNWANTED = re.compile(r'\b(' + codecs.decode(WORDS, 'rot13') + r')\b', re.I)
