// Block form of a float matrix: its reader gives blocks itself.
#import "values_block"
