/** What holds the image and the manifests to the programs: the manifests rendered by kustomize, and the image run without a container engine. */
@NullMarked
package io.coxswain.k8s;

import org.jspecify.annotations.NullMarked;
