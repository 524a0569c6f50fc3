const TOKENS = 4; // rows of activations that a workgroup multiplies by each block of weights
