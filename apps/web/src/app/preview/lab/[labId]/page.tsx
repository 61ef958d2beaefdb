export { default, generateMetadata } from '../../../lab/[labId]/page.tsx';
