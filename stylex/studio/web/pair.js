// Pictures of one height, side by side. data: [{name, picture, aspect}].
export default function ({ parentElement, data }) {
  parentElement.querySelector(".pair").replaceChildren(...data.map(({ name, picture, aspect }) => {
    const figure = document.createElement("figure"), image = new Image();
    Object.assign(image, { src: picture, alt: name });
    image.style.aspectRatio = aspect;
    figure.style.flex = `${aspect} 1 0`;
    figure.append(image);
    return figure;
  }));
}
