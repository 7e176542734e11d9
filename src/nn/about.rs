//! What the catalogue says of losses and initialisers, which are Rust, as the header of a script says it of the script.
//!
//! Texts alone: nothing is computed here. [`Loss`](super::Loss) and [`Init`](super::Init) do what is told.

/// An entry of the catalogue that is no script. Texts are one line, except formulas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// The name in a lab file.
    pub name: &'static str,
    /// One short sentence.
    pub sentence: &'static str,
    /// The formula, line by line.
    pub formula: &'static str,
    /// What its symbols mean.
    pub symbols: &'static str,
    /// Where it is from.
    pub source: &'static str,
    /// Where implementations differ.
    pub differs: &'static str,
}

/// Losses that look at a whole sample or are fused with the network's last function, so that they are no scripts.
pub static LOSSES: [About; 3] = [
    About {
        name: "cross_entropy",
        sentence: "Cross-entropy of classes, fused with softmax.",
        formula: "p = softmax(z) = e^z / sum e^z\nl = -ln p[class]\ndz = (p - 1 at the class) / samples",
        symbols: "z the outputs of one sample; p the probabilities they stand for; class the index of its class; dz the \
                  derivative by z; the loss is the mean of l over samples.",
        source: "the likelihood of multinomial logistic regression; Bridle, 1990, for softmax; PyTorch's CrossEntropyLoss.",
        differs: "PyTorch takes the plain outputs, as here, so the network ends without softmax; Keras takes \
                  probabilities unless `from_logits` is set. PyTorch's `label_smoothing`, weights of classes and \
                  ignored class are left out here.",
    },
    About {
        name: "binary_cross_entropy",
        sentence: "Cross-entropy of yes and no, fused with sigmoid.",
        formula: "p = 1 / (1 + e^-z)\nl = -(y ln p + (1 - y) ln(1 - p))\ndz = (p - y) / (samples outputs)",
        symbols: "z an output; p the probability it stands for; y its target, 0 or 1; dz the derivative by z; the loss is \
                  the mean of l over samples and outputs.",
        source: "the likelihood of logistic regression (Cox, 1958); PyTorch's BCEWithLogitsLoss.",
        differs: "PyTorch's BCELoss takes p itself, so that its network ends in sigmoid, and holds ln p above -100; \
                  BCEWithLogitsLoss takes z, as here, and computes max(z, 0) - z y + ln(1 + e^-|z|), which does not \
                  overflow.",
    },
    About {
        name: "hinge",
        sentence: "Hinge loss: the class leads every other by a margin.",
        formula: "l = sum over j other than class of max(0, 1 - z[class] + z[j]) / outputs",
        symbols: "z the outputs of one sample; class the index of its class; j any other output; the loss is the mean of \
                  l over samples. On the margin itself the derivative is 0.",
        source: "Crammer and Singer, 2001; Weston and Watkins, 1999, for the sum; PyTorch's MultiMarginLoss.",
        differs: "Crammer and Singer count only the output that misses most, the sum is that of Weston and Watkins; \
                  PyTorch divides it by the number of outputs, as here. For two classes told by one output many write \
                  max(0, 1 - y z) with y = -1 or 1.",
    },
];

/// Layers, of which only activations are scripts.
pub static LAYERS: [About; 4] = [
    About {
        name: "dense",
        sentence: "Dense layer: every output sees every input.",
        formula: "y = x W + b\ndW = x^T dy\ndb = sum of dy over samples\ndx = dy W^T",
        symbols: "x the inputs, [samples, inputs]; W the weights, [inputs, outputs]; b the biases, [outputs]; dy, dW, db, \
                  dx the loss's derivatives.",
        source: "Rosenblatt, 1958; Rumelhart, Hinton and Williams, 1986, for the derivatives; PyTorch's Linear.",
        differs: "PyTorch keeps W as [outputs, inputs] and computes x W^T + b; Keras keeps it as here.",
    },
    About {
        name: "dropout",
        sentence: "Dropout: switches units off at random in training.",
        formula: "y = x mask,  mask = 0 with probability rate, else 1 / (1 - rate)\ndx = dy mask",
        symbols: "x a unit's value in one sample, y what comes out of it; rate the setting; the mask is drawn anew for \
                  every step, and in evaluations y = x.",
        source: "Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, 2014; PyTorch's Dropout.",
        differs: "the paper scales by 1 - rate in evaluations; PyTorch and Keras scale in training, as here, which has \
                  the same mean.",
    },
    About {
        name: "layer_norm",
        sentence: "Layer normalisation over the features of a sample.",
        formula: "y = gamma (x - mean) / sqrt(variance + eps) + beta",
        symbols: "mean, variance of one sample's features, the variance divided by their number; gamma, beta the scale and \
                  shift that are learned, [features], from 1 and 0; eps a setting, 1e-5.",
        source: "Ba, Kiros and Hinton, 2016; PyTorch's LayerNorm.",
        differs: "Keras has eps 1e-3. Training and evaluation are the same everywhere.",
    },
    About {
        name: "batch_norm",
        sentence: "Batch normalisation of a feature over the batch.",
        formula: "y = gamma (x - mean) / sqrt(variance + eps) + beta\nrunning = (1 - momentum) running + momentum batch's",
        symbols: "mean, variance of one feature over the mini-batch, in evaluations the running ones; gamma, beta the \
                  learned scale and shift; momentum the weight of the newest batch, 0.1; eps 1e-5.",
        source: "Ioffe and Szegedy, 2015; PyTorch's BatchNorm1d.",
        differs: "Keras's momentum is the weight of the old value, 1 - momentum here. As PyTorch does, the batch's own \
                  variance is divided by n, and the running one takes it divided by n - 1.",
    },
];

const SYMBOLS: &str = "W a weight, Var its variance; in, out the inputs and outputs of its layer. Biases start at 0.";

/// One for each [`Init`](super::Init), in its order.
pub(super) static INITIALISERS: [About; 6] = [
    About {
        name: "zeros",
        sentence: "All 0, so that the units of a layer never differ.",
        formula: "W = 0\nVar(W) = 0",
        symbols: SYMBOLS,
        source: "the usual example of what not to do with weights; PyTorch's init.zeros_.",
        differs: "they do not.",
    },
    About {
        name: "uniform",
        sentence: "Uniform, within 1 / sqrt(in): PyTorch's default.",
        formula: "W = uniform in [-1 / sqrt(in), 1 / sqrt(in)]\nVar(W) = 1 / (3 in)",
        symbols: SYMBOLS,
        source: "the usual heuristic that Glorot and Bengio, 2010, set out from; PyTorch's Linear.",
        differs: "PyTorch writes it as kaiming_uniform_ with a = sqrt(5), which comes to the same bound, and draws \
                  biases from it as well; here they start at 0. Keras's default for a dense layer is `xavier`.",
    },
    About {
        name: "normal",
        sentence: "Normal with deviation 0.01, whatever the layer.",
        formula: "W = 0.01 normal\nVar(W) = 0.01^2",
        symbols: "W a weight, Var its variance; normal a draw of mean 0 and deviation 1. Biases start at 0.",
        source: "Krizhevsky, Sutskever and Hinton, 2012. Too small for deep networks.",
        differs: "the deviation is 1 by default in PyTorch's init.normal_, 0.05 in Keras's RandomNormal.",
    },
    About {
        name: "xavier",
        sentence: "Uniform, by inputs and outputs: for tanh and sigmoid.",
        formula: "W = uniform in [-a, a], a = sqrt(6 / (in + out))\nVar(W) = 2 / (in + out)",
        symbols: SYMBOLS,
        source: "Glorot and Bengio, 2010; PyTorch's init.xavier_uniform_.",
        differs: "Keras calls it GlorotUniform, and it is the default of its dense layers. There is a normal form of the \
                  same variance; PyTorch multiplies by a `gain`, 1 by default. Some lectures write Var = 1 / in for it, \
                  which is `lecun` here.",
    },
    About {
        name: "he",
        sentence: "Normal, variance 2 / in: for relu and its kin.",
        formula: "W = sqrt(2 / in) normal\nVar(W) = 2 / in",
        symbols: "W a weight, Var its variance; in the inputs of its layer; normal a draw of mean 0 and deviation 1. \
                  Biases start at 0.",
        source: "He, Zhang, Ren and Sun, 2015; PyTorch's init.kaiming_normal_ with nonlinearity relu.",
        differs: "Keras's HeNormal cuts the normal off at two deviations and widens it to the same variance. PyTorch's \
                  Linear layers start by kaiming_uniform_ with a = sqrt(5), which is `uniform` here, a sixth of this \
                  variance. PyTorch can count outputs (`fan_out`) instead.",
    },
    About {
        name: "lecun",
        sentence: "Normal, variance 1 / in: for selu.",
        formula: "W = sqrt(1 / in) normal\nVar(W) = 1 / in",
        symbols: "W a weight, Var its variance; in the inputs of its layer; normal a draw of mean 0 and deviation 1. \
                  Biases start at 0.",
        source: "LeCun, Bottou, Orr and Mueller, 1998 (\"Efficient BackProp\").",
        differs: "the source gives the variance and leaves the distribution open. Keras's LecunNormal cuts the normal off \
                  at two deviations and widens it to the same variance; PyTorch has kaiming_normal_ with nonlinearity \
                  linear for it.",
    },
];
