CREATE TABLE author (
    id INTEGER PRIMARY KEY,
    name VARCHAR(100) NOT NULL
);
INSERT INTO author (id, name) VALUES (1, 'Austen'), (2, 'Eliot');
SELECT author.name, COUNT(*) AS books
FROM author
LEFT JOIN book ON book.author_id = author.id
GROUP BY author.name
ORDER BY books DESC;
