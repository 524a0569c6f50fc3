const TOKENS = 8; // rows of activations that a workgroup multiplies by each block of weights
