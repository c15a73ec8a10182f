//! A browser in the hands of a test: Chromium by its driver, with axe-core for what people with a handicap would meet.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use data_encoding::BASE64;
use serde_json::{Value, json};
use thirtyfour::common::capabilities::chrome::ChromeCapabilities;
use thirtyfour::common::capabilities::chromium::ChromiumLikeCapabilities;
use thirtyfour::prelude::*;

/// The environment variable with the path of `axe.min.js`.
const AXE: &str = "GUICHET_TEST_AXE";

/// What stands for something that nobody would wait longer for.
const PATIENCE: Duration = Duration::from_secs(20);

/// The driver's process; it and its browsers end when this is dropped, also in a test that fails.
struct Driver {
    process: Child,
    port: u16,
}

/// How often a driver is started until it has a port.
const STARTS: usize = 8;

/// What a driver says when its port was taken, as it ends.
const TAKEN: &str = "port not available";

impl Driver {
    /// The driver draws a port for IPv6 and wants the same one for IPv4, where another test may have it; then it ends.
    fn start() -> Self {
        for _ in 0..STARTS {
            match Self::try_start() {
                Ok(driver) => return driver,
                Err(said) => assert!(said.contains(TAKEN), "chromedriver says its port, not: {said}"),
            }
        }
        panic!("chromedriver found no port in {STARTS} starts");
    }

    /// # Errors
    ///
    /// What it said before it ended without a port.
    fn try_start() -> Result<Self, String> {
        let started = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut process = started.expect("chromedriver starts: run ./test, which installs it");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let mut lines = output.lines().map_while(Result::ok);
        let mut said = String::new();
        for line in lines.by_ref() {
            if let Some(port) = port_in(&line) {
                // It may go on to talk; somebody has to listen.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(Self { process, port });
            }
            said.push_str(&line);
            said.push('\n');
        }
        let _ = process.wait();
        Err(said)
    }
}

fn port_in(line: &str) -> Option<u16> {
    line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok()
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Asked to stop it takes its browsers along; killed it would leave them.
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
            let _ = stream.write_all(b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
            let _ = stream.read_to_end(&mut Vec::new());
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Light or dark, as the person's system is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

/// Whose browser it is.
pub(crate) struct Reader {
    /// CSS pixels.
    pub(crate) width: u32,
    /// As a browser asks for it: `fr-CA,fr`.
    pub(crate) languages: &'static str,
    pub(crate) scheme: Scheme,
    pub(crate) scripts: bool,
}

pub(crate) struct Browser {
    driver: WebDriver,
    base: String,
    axe: String,
    scripts: bool,
    /// What was wrong with the pages so far.
    found: Vec<String>,
    // Last: the browser goes first.
    _process: Driver,
    _profile: tempfile::TempDir,
}

impl Browser {
    pub(crate) async fn open(reader: &Reader, base: &str) -> Self {
        let axe = std::env::var(AXE).expect("GUICHET_TEST_AXE is not set: run ./test, which fetches axe-core");
        let axe = std::fs::read_to_string(axe).expect("GUICHET_TEST_AXE names axe.min.js");
        let process = Driver::start();
        let profile = tempfile::tempdir().expect("a folder");
        let capabilities = capabilities(reader, profile.path());
        let address = format!("http://127.0.0.1:{}", process.port);
        let driver = WebDriver::new(address, capabilities).await.expect("a browser opens");
        let browser = Self {
            driver,
            base: base.to_owned(),
            axe,
            scripts: reader.scripts,
            found: Vec::new(),
            _process: process,
            _profile: profile,
        };
        let size = json!({ "width": reader.width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        browser.tell("Emulation.setDeviceMetricsOverride", size).await;
        browser.set_scheme(reader.scheme).await;
        browser
    }

    async fn tell(&self, command: &str, arguments: Value) {
        self.driver.cdp().send_raw(command, arguments).await.expect("the browser does as told");
    }

    /// From here on devices with passkeys are the test's, and none is there.
    pub(crate) async fn with_authenticators(&self) {
        self.tell("WebAuthn.enable", json!({ "enableUI": false })).await;
    }

    /// Adds a device with passkeys, described as the browser's own protocol does; gives its id.
    pub(crate) async fn add_authenticator(&self, options: Value) -> String {
        let arguments = json!({ "options": options });
        let added = self.driver.cdp().send_raw("WebAuthn.addVirtualAuthenticator", arguments).await.expect("a device");
        added["authenticatorId"].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn remove_authenticator(&self, id: &str) {
        self.tell("WebAuthn.removeVirtualAuthenticator", json!({ "authenticatorId": id })).await;
    }

    /// Whether a device recognises who uses it.
    pub(crate) async fn recognise(&self, id: &str, is: bool) {
        self.tell("WebAuthn.setUserVerified", json!({ "authenticatorId": id, "isUserVerified": is })).await;
    }

    /// Whether somebody touches a device at once when it asks for that; otherwise as soon as it is said.
    pub(crate) async fn touch(&self, id: &str, is: bool) {
        let arguments = json!({ "authenticatorId": id, "enabled": is });
        self.tell("WebAuthn.setAutomaticPresenceSimulation", arguments).await;
    }

    /// From here on what this page asks the site for waits, until `window.held` is called.
    pub(crate) async fn hold_requests(&self) {
        self.ask(
            "const send = window.fetch;
            window.fetch = async (...request) => {
                await new Promise((go) => { window.held = go; });
                return send(...request);
            };",
        )
        .await;
    }

    /// How many passkeys a device has.
    pub(crate) async fn credentials(&self, id: &str) -> usize {
        let arguments = json!({ "authenticatorId": id });
        let found = self.driver.cdp().send_raw("WebAuthn.getCredentials", arguments).await.expect("its passkeys");
        found["credentials"].as_array().map_or(0, Vec::len)
    }

    /// As the system is set; nothing moves, so that no test has to wait for it.
    pub(crate) async fn set_scheme(&self, scheme: Scheme) {
        let scheme = if scheme == Scheme::Dark { "dark" } else { "light" };
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.tell("Emulation.setEmulatedMedia", features).await;
    }

    /// From the next page on, [`Self::look`] notes what a page's content policy kept out.
    pub(crate) async fn watch_policy(&self) {
        let source = "window.keptOut = []; addEventListener('securitypolicyviolation', (event) =>
            window.keptOut.push(`${event.effectiveDirective} ${event.blockedURI}`));";
        self.tell("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await;
    }

    /// What the page's content policy kept out so far, and forgets it.
    pub(crate) async fn kept_out(&self) -> Vec<String> {
        let list = self.ask("return (window.keptOut ?? []).splice(0)").await;
        list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Waits until an expression is true; it may be one of the page that follows.
    pub(crate) async fn until(&self, expression: &str) {
        let begun = std::time::Instant::now();
        loop {
            let is = self.driver.execute(format!("return Boolean({expression})"), Vec::new()).await;
            if is.is_ok_and(|is| is.json() == &Value::Bool(true)) {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "not {expression} on {}: {}",
                self.path().await,
                self.page_text().await
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Types into the field of a frame, in place of what stood there.
    pub(crate) async fn fill_frame(&self, css: &str, text: &str) {
        self.element(css).await.enter_frame().await.expect("the frame is entered");
        let field = self.element("input").await;
        field.clear().await.expect("the field is emptied");
        field.send_keys(text).await.expect("the field takes text");
        self.driver.enter_default_frame().await.expect("back to the page");
    }

    /// Evaluates a script as the driver does, which also works where the page's own scripts may not run.
    pub(crate) async fn ask(&self, script: &str) -> Value {
        self.driver.execute(script, Vec::new()).await.expect("a script runs").json().clone()
    }

    /// The text that an expression gives.
    pub(crate) async fn text_of(&self, expression: &str) -> String {
        self.ask(&format!("return String({expression})")).await.as_str().unwrap_or_default().to_owned()
    }

    pub(crate) async fn go(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.base)).await.expect("the page opens");
    }

    /// As the browser's own button.
    pub(crate) async fn back(&self) {
        self.driver.back().await.expect("there is a page before");
    }

    pub(crate) async fn path(&self) -> String {
        self.text_of("location.pathname + location.search").await
    }

    pub(crate) async fn element(&self, css: &str) -> WebElement {
        match self.driver.query(By::Css(css)).wait(PATIENCE, Duration::from_millis(50)).first().await {
            Ok(element) => element,
            Err(_) => panic!("nothing is {css} on {}: {}", self.path().await, self.page_text().await),
        }
    }

    pub(crate) async fn count(&self, css: &str) -> usize {
        self.driver.find_all(By::Css(css)).await.expect("elements").len()
    }

    pub(crate) async fn page_text(&self) -> String {
        self.text_of("document.body.innerText").await
    }

    /// Presses what is there, and waits for the page that follows.
    pub(crate) async fn follow(&self, css: &str) {
        let element = self.element(css).await;
        self.ask("window.left = true").await;
        element.click().await.unwrap_or_else(|error| panic!("{css} cannot be pressed: {error}"));
        let begun = std::time::Instant::now();
        loop {
            let there =
                self.driver.execute("return !window.left && document.readyState === 'complete'", Vec::new()).await;
            if there.is_ok_and(|there| there.json() == &Value::Bool(true)) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "nothing follows {css}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn press(&self, css: &str) {
        self.element(css).await.click().await.expect("it can be pressed");
    }

    /// Types into a field, in place of what stood there.
    pub(crate) async fn fill(&self, name: &str, text: &str) {
        let field = self.element(&format!("main [name={name}]")).await;
        field.clear().await.expect("the field is emptied");
        field.send_keys(text).await.expect("the field takes text");
    }

    /// Chooses a file for a field.
    pub(crate) async fn type_file(&self, css: &str, path: &str) {
        self.element(css).await.send_keys(path).await.expect("the field takes a file");
    }

    pub(crate) async fn value(&self, name: &str) -> String {
        self.element(&format!("main [name={name}]")).await.prop("value").await.expect("a value").unwrap_or_default()
    }

    /// Keys where the focus is.
    pub(crate) async fn type_keys(&self, keys: impl Into<TypingData>) {
        self.driver.action_chain().send_keys(keys).perform().await.expect("keys are typed");
    }

    /// Notes what is wrong with the page that is open: it must not scroll sideways, nor break a rule of axe.
    pub(crate) async fn look(&mut self, page: &str) {
        let wide = self.ask("return [document.documentElement.scrollWidth, window.innerWidth]").await;
        if wide[0].as_u64() > wide[1].as_u64() {
            let script = "return [...document.querySelectorAll('body *')].filter(one =>
                one.getBoundingClientRect().right > innerWidth + 0.5).map(one => one.outerHTML.slice(0, 90)).slice(0, 5)";
            self.found.push(format!("{page}: scrolls sideways, {wide}, for {}", self.ask(script).await));
        }
        self.picture(page).await;
        let touching = self.ask(TOUCHING).await;
        for pair in touching.as_array().into_iter().flatten() {
            self.found.push(format!("{page}: touch each other: {pair}"));
        }
        // What finds violations is a script of the page.
        if self.scripts {
            let kept_out = self.kept_out().await;
            self.found.extend(kept_out.iter().map(|what| format!("{page}: its policy keeps out {what}")));
            let found = self.violations(false).await;
            self.found.extend(found.iter().map(|found| format!("{page}: {found}")));
        }
    }

    /// Keeps a picture of the whole page for people to judge, where `GUICHET_TEST_PICTURES` names a folder.
    async fn picture(&self, page: &str) {
        let Some(folder) = std::env::var_os("GUICHET_TEST_PICTURES") else { return };
        let shown =
            "return [document.documentElement.lang.slice(0, 2), innerWidth, document.documentElement.scrollHeight,
            matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light']";
        let shown = self.ask(shown).await;
        let clip = json!({ "x": 0, "y": 0, "width": shown[1], "height": shown[2], "scale": 1 });
        let asked = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let answer = self.driver.cdp().send_raw("Page.captureScreenshot", asked).await.expect("a picture");
        let content = BASE64.decode(answer["data"].as_str().expect("a picture").as_bytes()).expect("a picture");
        let word = |at: usize| shown[at].to_string().replace('"', "");
        let name = page.replace(|c: char| !c.is_alphanumeric(), "-");
        let file = format!("{name}.{}.{}.{}.png", word(0), word(1), word(3));
        std::fs::write(std::path::Path::new(&folder).join(file), content).expect("a picture is kept");
    }

    /// As [`Self::look`], at the colours alone.
    pub(crate) async fn look_at_colours(&mut self, page: &str) {
        let found = self.violations(true).await;
        self.found.extend(found.iter().map(|found| format!("{page}: {found}")));
    }

    async fn violations(&self, colours: bool) -> Vec<String> {
        let script = "const done = arguments[arguments.length - 1];
            const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
            const all = { runOnly: { type: 'tag', values: tags }, rules: { 'target-size': { enabled: true } } };
            const colours = { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } };
            axe.run(document, { ...(arguments[0] ? colours : all), resultTypes: ['violations'] }).then(
                (result) => done(result.violations.flatMap(({ id, nodes }) => nodes.map((node) =>
                    `${id}: ${node.target.join(' ')} ${node.html.slice(0, 120)} (${node.failureSummary.replace(/\\s+/g, ' ')})`))),
                (error) => done([`axe fails: ${error}`]));";
        if self.ask("return !window.axe").await == Value::Bool(true) {
            self.driver.execute(self.axe.as_str(), Vec::new()).await.expect("axe-core is there");
        }
        let result = self.driver.execute_async(script, vec![colours.into()]).await.expect("axe looks at the page");
        let lines = result.json().as_array().cloned().unwrap_or_default();
        lines.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Ends; fails with all that was wrong with the pages.
    pub(crate) async fn close(self) {
        let Self { driver, found, .. } = self;
        driver.quit().await.expect("the browser ends");
        assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
    }
}

/// Buttons, notices and legends that touch what is above or below them.
const TOUCHING: &str = "
    const shown = [...document.querySelectorAll('main :is(.button, .notice, .more, legend, h2, p)')].filter((one) =>
        one.checkVisibility() && one.innerText.trim() && !one.closest('.visually-hidden') && !(one.localName === 'p' && one.querySelector('.button')));
    const box = new Map(shown.map((one) => [one, one.getBoundingClientRect()]));
    const apart = shown.filter((one) => one.matches('.button, .notice, legend'));
    const touch = (above, below) => below.top - above.bottom > -1 && below.top - above.bottom < 6 && above.left < below.right && below.left < above.right;
    return apart.flatMap((one) => shown.filter((other) => other !== one && !one.contains(other) && !other.contains(one)
        && (touch(box.get(one), box.get(other)) || touch(box.get(other), box.get(one))))
        .map((other) => `${one.innerText.slice(0, 30)} | ${other.innerText.slice(0, 30)}`))";

fn capabilities(reader: &Reader, profile: &std::path::Path) -> ChromeCapabilities {
    let mut capabilities = DesiredCapabilities::chrome();
    let language = reader.languages.split(',').next().unwrap_or_default();
    let own = [format!("--user-data-dir={}", profile.display()), format!("--lang={language}")];
    let plain = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,900",
    ];
    for argument in plain.iter().map(ToString::to_string).chain(own) {
        capabilities.add_arg(&argument).expect("an argument");
    }
    let scripts = if reader.scripts { 1 } else { 2 };
    let preferences = json!({
        "intl.accept_languages": reader.languages,
        "profile.managed_default_content_settings.javascript": scripts,
    });
    capabilities.add_experimental_option("prefs", preferences).expect("preferences");
    capabilities
}
