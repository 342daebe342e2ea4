import PlausibleProvider from "next-plausible";

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        <PlausibleProvider src="http://stats.example/js/pa-known.js" init={{ customProperties: { framework: "next" } }}>
          {children}
        </PlausibleProvider>
      </body>
    </html>
  );
}
