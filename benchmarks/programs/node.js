// The usual live server in Node: one Redis subscription, and ws sends to every client.
//   node node.js PORT REDIS_PORT
const http = require("http");
const { WebSocketServer } = require("ws");
const Redis = require("ioredis");

const [port, redis] = process.argv.slice(2).map(Number);
const publisher = new Redis(redis);
const subscriber = new Redis(redis);
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });

subscriber.on("message", (_, text) => {
  const data = Buffer.from(text);
  for (const socket of sockets.clients) {
    if (socket.readyState === 1) socket.send(data, { binary: false });
  }
});

const server = http.createServer((request, response) => {
  let body = "";
  request.on("data", (part) => (body += part));
  request.on("end", async () => {
    if (request.method === "POST") {
      await publisher.publish("story", JSON.stringify(JSON.parse(body)));
      response.writeHead(201);
    }
    response.end("{}");
  });
});
server.on("upgrade", (request, socket, head) =>
  sockets.handleUpgrade(request, socket, head, (client) => sockets.emit("connection", client, request)),
);
subscriber.subscribe("story").then(() => server.listen(port, "127.0.0.1", 8192));
