const TOKENS = 2; // rows of activations that a workgroup multiplies by each block of weights
